"""Reading what a language model replied."""
