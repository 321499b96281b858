"""The pipeline that every call for a model goes through, with its phases and the two journal units of a call."""
