"""Quién manda en un bot: su freno en cada ámbito y el proceso que tiene el arriendo."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from core.banderas import hay_bandera
from core.models import EstadoGuardado
from core.procesos import leer_pids
from dominio.freno import Freno, leer, mas_estricto
from dominio.reloj import RelojSistema
from historial.models import EstadoFreno, FilaArriendo
from historial.services.escritura import fila as leer_fila
from historial.services.tiempo import HoraArriendo


def frenos_de(fila: EstadoGuardado, datos: Path) -> dict[str, Any]:
    """Devuelve el freno de cada ámbito, el del fichero y el vigente, que es el más estricto."""
    claves = {"global": "", "cuenta": f"{fila.sede}:{fila.cuenta}", "bot": fila.bot}
    escritos = {(f.ambito, f.clave): f for f in EstadoFreno.objects.all()}
    vistos: dict[str, Any] = {}
    for ambito, clave in claves.items():
        freno = escritos.get((ambito, clave))
        ausente = Freno.DETENIDO if ambito == "global" else Freno.ACTIVO
        vistos[ambito] = leer(freno.estado) if freno else ausente
    bandera = hay_bandera(datos, fila.bot)
    vigente = mas_estricto([*vistos.values(), Freno.DETENIDO if bandera else Freno.ACTIVO])
    motivos = [f.motivo for f in escritos.values() if f.estado != Freno.ACTIVO and claves.get(f.ambito) == f.clave]
    return {**vistos, "bandera": bandera, "vigente": vigente, "motivos": [motivo for motivo in motivos if motivo]}


def jefe_de(fila: EstadoGuardado, datos: Path) -> dict[str, Any]:
    """Devuelve quién tiene el arriendo del bot, si sigue vigente, y el proceso de este equipo que lo opera."""
    arriendo = FilaArriendo.objects.filter(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta).first()
    pid = leer_pids(datos).get(fila.bot)
    if arriendo is None or not arriendo.titular:
        return {"titular": None, "ficha": arriendo.ficha if arriendo else None, "vigente": False, "pid": pid}
    vigente = False
    with suppress(ValueError):
        hora = HoraArriendo(RelojSistema())
        expresion, parametros = hora.sql()
        leido = leer_fila(
            f"SELECT 1 FROM arriendos WHERE id = %s AND base = %s AND hasta > {expresion}",  # noqa: S608
            (arriendo.pk, hora.base, *parametros),
        )
        vigente = leido is not None
    return {"titular": arriendo.titular, "ficha": arriendo.ficha, "vigente": vigente, "pid": pid}
