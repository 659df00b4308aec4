"""La API REST, bajo /api/v1/."""
