"""Los bots: definiciones, composición, bucles y supervisión. Aquí se juntan el motor, las sedes y el historial."""
