"""Qué columna es cada cosa: nombres en español, en inglés y los de las exportaciones más corrientes."""

from dominio.errores import ErrorUsuario

_SINONIMOS = {
    "tiempo": (
        "ts",
        "timestamp",
        "datetime",
        "fechahora",
        "epochms",
        "epoch",
        "opentime",
        "time",
        "date",
        "fecha",
        "hora",
    ),
    "apertura": ("open", "apertura", "o"),
    "maximo": ("high", "maximo", "máximo", "max", "h"),
    "minimo": ("low", "minimo", "mínimo", "min", "l"),
    "cierre": ("close", "cierre", "c"),
    "volumen": ("tickvol", "tickvolume", "volume", "volumen", "vol", "v", "qty"),
    "precio": ("price", "precio", "last", "quote", "ultimo", "último", "tick"),
    "compra": ("bid", "compra"),
    "venta": ("ask", "venta", "offer"),
}
_PAREJAS = (("date", "time"), ("fecha", "hora"))
_OHLC = ("apertura", "maximo", "minimo", "cierre")


def detectar(nombres: list[str]) -> tuple[str, dict[str, str]]:
    """Devuelve («velas» | «ticks», papel → columna); con fecha y hora aparte hay un papel «hora».

    Raises:
        ErrorUsuario: DAT-03 si falta el tiempo o no hay ni OHLC ni precio.
    """
    limpios = {_limpiar(n): n for n in reversed(nombres)}  # ante dos iguales, la primera
    papeles = {
        papel: limpios[nombre]
        for papel, sinonimos in _SINONIMOS.items()
        if (nombre := next((s for s in sinonimos if s in limpios), None)) is not None
    }
    for fecha, hora in _PAREJAS:
        if fecha in limpios and hora in limpios:
            papeles |= {"tiempo": limpios[fecha], "hora": limpios[hora]}
    if "tiempo" not in papeles:
        raise _faltan("una columna de tiempo (ts, time, date, fecha…)", nombres)
    if all(p in papeles for p in _OHLC):
        return "velas", _solo(papeles, "tiempo", "hora", *_OHLC, "volumen")
    if "precio" in papeles or "compra" in papeles:
        return "ticks", _solo(papeles, "tiempo", "hora", "precio", "compra", "venta", "volumen")
    raise _faltan("open, high, low y close (velas), o price o bid y ask (ticks)", nombres)


def _limpiar(nombre: str) -> str:
    return "".join(c for c in nombre.strip().lower() if c.isalnum())


def _solo(papeles: dict[str, str], *validos: str) -> dict[str, str]:
    return {p: c for p, c in papeles.items() if p in validos}


def _faltan(que: str, nombres: list[str]) -> ErrorUsuario:
    return ErrorUsuario(
        "DAT-03",
        f"No se encuentra {que}.",
        f"La cabecera dice: {', '.join(nombres)[:200]}. Ponga en la primera línea los nombres de las columnas.",
    )
