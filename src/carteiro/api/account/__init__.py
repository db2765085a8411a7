"""The Account API: a person looks after their own account, by an application's token for them."""
