"""Transfer: what comes in from files and what leaves as files, but for the table itself."""
