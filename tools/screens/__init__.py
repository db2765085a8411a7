"""Pictures of what people see, taken by Chromium: `make screens`."""
