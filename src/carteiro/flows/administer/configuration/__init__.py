"""A tenant's configuration as a whole: read, written as files, compared, applied in one unit."""
