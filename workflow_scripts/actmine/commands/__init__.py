"""What `python -m actmine` can do."""
