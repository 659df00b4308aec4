"""Cómo se escriben los números, el dinero y los tiempos: funciones puras, iguales en todas las páginas.

En español, 10.000,00 US$; en inglés, US$10,000.00. El menos es el signo tipográfico «−» y los espacios no se parten.
"""

from datetime import UTC, datetime
from decimal import Decimal

from dominio.dinero import a_decimal, decimales_de, redondear

NADA = "—"
_DURO = "\u00a0"
_MENOS = "\u2212"
_SIMBOLOS = {"USD": "US$", "EUR": "€", "GBP": "£", "AUD": "A$"}
Numero = Decimal | float | int | str | None


def numero(valor: Numero, decimales: int = 0, idioma: str = "es", *, con_signo: bool = False) -> str:
    """Devuelve el número con miles y decimales a la manera del idioma; «—» si no hay número."""
    if valor is None or valor == "":
        return NADA
    exacto = redondear(a_decimal(valor), decimales)
    texto = f"{abs(exacto):,.{decimales}f}"
    if idioma != "en":
        texto = texto.translate(str.maketrans(",.", ".,"))
    return _signo(exacto, con_signo) + texto


def _signo(valor: Decimal, con_signo: bool) -> str:
    if valor < 0:
        return _MENOS
    return "+" if con_signo and valor > 0 else ""


def dinero(importe: Numero, moneda: str = "", idioma: str = "es", *, con_signo: bool = False) -> str:
    """Devuelve el importe con los decimales y el símbolo de su moneda; «—» si no hay importe."""
    if importe is None or importe == "":
        return NADA
    cifras = numero(importe, decimales_de(moneda), idioma, con_signo=con_signo)
    simbolo = _SIMBOLOS.get(moneda.upper(), moneda)
    if not simbolo:
        return cifras
    if idioma == "en" and moneda.upper() in _SIMBOLOS:
        signo = cifras[0] if cifras[0] in f"{_MENOS}+" else ""
        return f"{signo}{simbolo}{cifras.removeprefix(signo)}"
    return f"{cifras}{_DURO}{simbolo}"


def porcentaje(valor: Numero, decimales: int = 1, idioma: str = "es", *, con_signo: bool = False) -> str:
    """Devuelve un tanto por ciento (50 → «50,0 %»); «—» si no hay."""
    if valor is None or valor == "":
        return NADA
    hueco = "" if idioma == "en" else _DURO
    return f"{numero(valor, decimales, idioma, con_signo=con_signo)}{hueco}%"


def duracion(segundos: Numero) -> str:
    """Devuelve un rato en palabras cortas: «45 s», «12 min 05 s», «2 h 05 min», «3 d 4 h»; «—» si no hay."""
    if segundos is None or segundos == "":
        return NADA
    total = max(0, int(a_decimal(segundos)))
    dias, resto = divmod(total, 86400)
    horas, resto = divmod(resto, 3600)
    minutos, sueltos = divmod(resto, 60)
    if dias:
        return f"{dias}{_DURO}d {horas}{_DURO}h"
    if horas:
        return f"{horas}{_DURO}h {minutos:02}{_DURO}min"
    return f"{minutos}{_DURO}min {sueltos:02}{_DURO}s" if minutos else f"{sueltos}{_DURO}s"


def cuenta_atras(segundos: Numero) -> str:
    """Devuelve lo que falta como reloj: «23:59:07», «04:05», «00:00» cuando ya llegó."""
    if segundos is None or segundos == "":
        return NADA
    total = max(0, int(a_decimal(segundos)))
    horas, resto = divmod(total, 3600)
    minutos, sueltos = divmod(resto, 60)
    return f"{horas:02}:{minutos:02}:{sueltos:02}" if horas else f"{minutos:02}:{sueltos:02}"


def tono(valor: Numero) -> str:
    """Devuelve «sube», «baja» o «igual» según el signo: la clase que colorea una cifra ya escrita con su signo."""
    if valor is None or valor == "":
        return "igual"
    exacto = a_decimal(valor)
    return "sube" if exacto > 0 else "baja" if exacto < 0 else "igual"


def precio(valor: Numero, idioma: str = "es") -> str:
    """Devuelve un precio con las cifras que trae (entre 2 y 8 decimales); «—» si no hay."""
    if valor is None or valor == "":
        return NADA
    exacto = a_decimal(valor).normalize()
    exponente = exacto.as_tuple().exponent
    decimales = -exponente if isinstance(exponente, int) else 2
    return numero(exacto, min(8, max(2, decimales)), idioma)


def a_utc(momento: datetime | str) -> datetime:
    """Devuelve el momento en UTC; acepta el texto ISO de un JSON."""
    leido = datetime.fromisoformat(momento) if isinstance(momento, str) else momento
    return leido.astimezone(UTC)


def iso(momento: datetime | str) -> str:
    """Devuelve el momento en ISO 8601 con Z y milisegundos: lo que leen ``<time>`` y el navegador."""
    return a_utc(momento).isoformat(timespec="milliseconds").replace("+00:00", "Z")
