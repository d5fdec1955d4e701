"""DAMI inside other libraries; each module needs one that DAMI itself does not."""
