"""A backend asks for a code, a link or an invitation."""
