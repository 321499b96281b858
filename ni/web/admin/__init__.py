"""The administration API under `/api/v1`: one declaration per endpoint, from which its description is written."""
