"""An administrator settles what holds for a whole tenant."""
