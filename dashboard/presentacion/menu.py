"""El menú: qué páginas hay y cuál es la actual."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

_PAGINAS = (
    ("panel:inicio", gettext_lazy("Inicio"), "inicio"),
    ("panel:simulacion", gettext_lazy("Simulación"), "simulacion"),
    ("panel:operaciones", gettext_lazy("Operaciones"), "operaciones"),
    ("panel:avisos", gettext_lazy("Avisos"), "avisos"),
    ("panel:sistema", gettext_lazy("Sistema"), "sistema"),
    ("panel:ajustes", gettext_lazy("Ajustes"), "ajustes"),
)


def entradas(ruta: str) -> list[dict[str, Any]]:
    """Devuelve las entradas del menú: url, nombre, icono y si es la página actual."""
    lista = []
    for nombre_ruta, nombre, icono in _PAGINAS:
        try:
            url = reverse(nombre_ruta)
        except NoReverseMatch:  # pragma: no cover - solo mientras una página no exista
            continue
        actual = ruta == url if url == "/" else ruta.startswith(url)
        lista.append({"url": url, "nombre": nombre, "icono": icono, "actual": actual})
    return lista
