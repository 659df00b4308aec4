"""Lo que toda página pregunta: qué entornos hay que anunciar."""

from pathlib import Path

from dashboard.selectors import bots, comun
from historial import selectors as lecturas
from historial.selectors import Filtro


def entornos_presentes(datos: Path) -> list[str]:
    """Devuelve los entornos de los bots que han operado, sin repetir: el de su última operación o el configurado."""
    vistos = set()
    for fila, _ in comun.actuales():
        ultimas = lecturas.operaciones_recientes(Filtro(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta), 1)
        config, _aviso = comun.configuracion_de(fila.bot, datos)
        vistos.add(bots.moneda_y_entorno(ultimas, config)[1])
    return sorted(vistos - {""})
