"""The ground: values that are true without web, mail or database."""
