"""What a process consists of beside its work: opened, watched, kept tidy, ended."""
