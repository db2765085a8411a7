"""What holds of a sign-in without web and database."""
