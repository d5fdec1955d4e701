"""Opens tables and begins projects on them; edits classes, appends rows, and says which labels are known."""
