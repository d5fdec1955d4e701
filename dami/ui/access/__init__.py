"""Decides who may use the server and what each visitor may see."""
