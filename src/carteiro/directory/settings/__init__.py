"""What a tenant has set: shapes, defaults, and the rules between fields."""
