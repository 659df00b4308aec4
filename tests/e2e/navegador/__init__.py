"""El panel en un navegador de verdad: Chromium contra el servidor que se usa en producción."""
