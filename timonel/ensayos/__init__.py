"""Ensayos: el cliente, la pasarela y la base de verdad contra la sede de laboratorio, con fallos y tiempo virtual."""
