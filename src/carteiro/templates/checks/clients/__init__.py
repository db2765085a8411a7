"""What mail clients cannot show: found in a template's HTML and style sheets."""
