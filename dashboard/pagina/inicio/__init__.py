"""La página Inicio: todos los bots de un vistazo."""
