"""La página de un bot."""
