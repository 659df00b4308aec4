"""Los nombres que se leen: entornos, ciclos, frenos, resultados. El valor guardado nunca se enseña tal cual."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

# El más serio primero: es el orden de la banda.
_ENTORNOS = {
    "real": (gettext_lazy("REAL"), gettext_lazy("Dinero de verdad. Cada operación gana o pierde dinero suyo.")),
    "demo": (
        gettext_lazy("DEMO"),
        gettext_lazy("Cuenta de demostración de la sede: precios de verdad, dinero de mentira."),
    ),
    "papel": (gettext_lazy("PAPEL"), gettext_lazy("Precios de verdad; las órdenes no salen de este equipo.")),
    "simulado": (
        gettext_lazy("SIMULADO"),
        gettext_lazy("Precios inventados y dinero de mentira. Nada de esto es un resultado."),
    ),
}
_CICLOS = {
    "OPERANDO": gettext_lazy("OPERANDO"),
    "PAUSADO": gettext_lazy("PAUSADO"),
    "ESPERANDO_HORARIO": gettext_lazy("ESPERANDO HORARIO"),
    "SIN_SALDO": gettext_lazy("SIN SALDO"),
}
_FRENOS = {
    "ACTIVO": pgettext_lazy("freno", "SUELTO"),
    "REDUCIENDO": pgettext_lazy("freno", "REDUCIENDO"),
    "DETENIDO": pgettext_lazy("freno", "DETENIDO"),
}
_RESULTADOS = {
    "ganada": gettext_lazy("GANADA"),
    "perdida": gettext_lazy("PERDIDA"),
    "nula": gettext_lazy("NULA"),
}


def nombre_entorno(entorno: str) -> str:
    """Devuelve SIMULADO, PAPEL, DEMO o REAL; en mayúsculas lo que no se conozca."""
    return str(_ENTORNOS[entorno][0]) if entorno in _ENTORNOS else entorno.upper()


def aviso_entorno(entorno: str) -> str:
    """Devuelve la frase que acompaña al entorno en la banda."""
    return str(_ENTORNOS[entorno][1]) if entorno in _ENTORNOS else ""


def gravedad_entorno(entorno: str) -> int:
    """Devuelve el lugar del entorno en la banda: 0 el dinero real."""
    return list(_ENTORNOS).index(entorno) if entorno in _ENTORNOS else len(_ENTORNOS)


def nombre_ciclo(ciclo: str) -> str:
    """Devuelve el ciclo como se lee en la tarjeta."""
    return str(_CICLOS.get(ciclo, ciclo))


def nombre_freno(freno: str) -> str:
    """Devuelve el freno como se lee."""
    return str(_FRENOS.get(freno, freno))


def nombre_resultado(resultado: str | None) -> str:
    """Devuelve GANADA, PERDIDA, NULA o ABIERTA."""
    return str(_RESULTADOS.get(resultado or "", _("ABIERTA")))
