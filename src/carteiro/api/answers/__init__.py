"""What each operation answers, for the OpenAPI document: it describes and changes nothing."""
