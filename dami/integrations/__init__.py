"""Makes DAMI usable inside other libraries. Each module needs a library that DAMI does not install."""
