"""Lo que enseña la página de un bot. Reúne lecturas ya hechas; nada de aquí escribe."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.configuracion import ConfigBot
from dashboard.pagina.inicio.lecturas import freno_global, ultimos_balances
from dashboard.pagina.simulacion.lecturas import resumen
from dashboard.presentacion import esperanza as palabras
from dashboard.presentacion.tarjeta import tarjeta
from dashboard.selectors import bots, comun, operaciones
from dashboard.selectors.estadisticas import Pedido, estadisticas, fiabilidad
from historial.models import Operacion
from simulacion import selectors as horas
from simulacion.horarios import MIN_MUESTRAS

FILAS = 20
MUESTRA_ESPERANZA = 200


def pagina(nombre: str, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve lo que cambia con cada evento: tarjeta, cuentas, esperanza, testing y operaciones.

    Raises:
        ErrorUsuario: BOT-01 si no existe; BOT-03 si todavía no ha operado.
    """
    leida = bots.bot(nombre, datos, ahora)
    config, _ = comun.configuracion_de(nombre, datos)
    clave = (leida["bot"], leida["sede"], leida["cuenta"])
    consulta = operaciones.Consulta(
        bot=nombre, sede=leida["sede"], cuenta=leida["cuenta"], clase="reales", por_pagina=FILAS
    )
    return {
        "bot": tarjeta(leida, ultimos_balances(leida["sede"], leida["cuenta"])),
        "cuentas": estadisticas(Pedido(bot=nombre, sede=leida["sede"], cuenta=leida["cuenta"]), datos),
        "esperanza": palabras.en_palabras(_esperanza(*clave), leida["activos"]),
        "testing": testing(*clave, config, ahora),
        "operaciones": operaciones.pagina(consulta)["resultados"],
        "freno_global": freno_global(),
        "entornos_pagina": [leida["entorno"]],
        "ahora": ahora,
    }


def fiabilidad_de(nombre: str, datos: Path) -> dict[str, Any]:
    """Devuelve lo previsto y lo observado por tramos de confianza."""
    return fiabilidad(Pedido(bot=nombre), datos)


def testing(bot: str, sede: str, cuenta: str, config: ConfigBot | None, ahora: datetime) -> dict[str, Any] | None:
    """Devuelve la tabla de la pausa en curso o de la última, con la mejor hora en palabras; None si no hubo pausa."""
    pausa = horas.ultima_pausa(bot, sede, cuenta)
    if pausa is None:
        return None
    zona = ZoneInfo(comun.zona_de(config))
    minimo = config.pausa.min_muestras if config else MIN_MUESTRAS
    tabla = horas.horas_de_pausa(pausa, zona, ahora, minimo)
    return {"pausa": pausa, "en_curso": pausa.reactivado_en is None, "zona": zona.key, "tabla": tabla} | resumen(tabla)


def _esperanza(bot: str, sede: str, cuenta: str) -> palabras.Esperanza | None:
    filas = Operacion.objects.filter(bot=bot, sede=sede, cuenta=cuenta, ficticia=False, confianza_pct__isnull=False)
    ultimas = filas.order_by("-hora_inicio", "-pk").values_list("confianza_pct", "monto", "pago")
    return palabras.esperanza(ultimas[:MUESTRA_ESPERANZA])
