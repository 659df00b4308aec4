"""El veredicto de la mejor hora en palabras, en el idioma de quien mira. El código decide; la frase lo cuenta."""

from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from dashboard.presentacion.formatos import porcentaje

_TONOS = {"supera_el_equilibrio": "bien", "no_se_distingue_del_azar": "atencion", "sin_datos_suficientes": "atencion"}


def tono(codigo: str) -> str:
    """Devuelve la clase de la insignia del veredicto."""
    return _TONOS.get(codigo, "atencion")


def conclusion(codigo: str) -> str:
    """Devuelve la conclusión corta."""
    return {
        "supera_el_equilibrio": gettext("Supera el equilibrio"),
        "no_se_distingue_del_azar": gettext("No se distingue del azar"),
        "sin_datos_suficientes": gettext("Sin datos suficientes"),
    }.get(codigo, codigo)


def franja(hora: int | None) -> str:
    """Devuelve «15:00–16:00»; «—» si no hay hora."""
    return "—" if hora is None else f"{hora:02}:00–{(hora + 1) % 24:02}:00"


def en_palabras(analisis: dict[str, Any]) -> str:
    """Devuelve la frase entera: qué hora, cuánto acertó, cuánto hacía falta y si eso es más que suerte."""
    veredicto, mejor = analisis["veredicto"], analisis["mejor"]
    if mejor is None:
        return gettext("Ninguna hora llega todavía a %(n)s entradas: no se puede comparar.") % {
            "n": analisis["min_muestras"]
        }
    datos = {
        "franja": franja(mejor["hora"]),
        "aciertos": mejor["aciertos"],
        "entradas": mejor["entradas"],
        "tasa": _pct(mejor["tasa_pct"]),
        "equilibrio": _pct(mejor["equilibrio_pct"]),
        "horas": veredicto["califican"],
    }
    frase = gettext(
        "La mejor hora, %(franja)s, acertó %(aciertos)s de %(entradas)s (%(tasa)s); "
        "para no perder hace falta %(equilibrio)s."
    )
    return f"{frase % datos} {_remate(veredicto['codigo'], veredicto['califican'])}"


def _remate(codigo: str, horas: int) -> str:
    comparadas = ngettext("%(n)s hora comparada", "%(n)s horas comparadas", horas) % {"n": horas}
    if codigo == "supera_el_equilibrio":
        return gettext("Con %(comparadas)s, es más de lo que daría la suerte.") % {"comparadas": comparadas}
    return gettext("Con %(comparadas)s, la mejor puede salir así por suerte: no se distingue del azar.") % {
        "comparadas": comparadas
    }


def _pct(valor: float) -> str:
    return porcentaje(valor, 1, (get_language() or "es")[:2])
