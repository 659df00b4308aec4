"""La definición vigente de cada bot: su fichero más lo fijado desde el panel, y cuándo un cambio sube el riesgo."""
