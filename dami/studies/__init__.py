"""Known labels -> evidence: experiments, and what they say."""
