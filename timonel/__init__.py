"""Cablea Timonel: ajustes, órdenes de consola y arranque. No decide nada y, al importarse, no carga Django."""
