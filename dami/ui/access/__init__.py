"""Access: who may come in and what a visitor may see, decided in one place."""
