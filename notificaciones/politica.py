"""Los tiempos de la bandeja, puros: retrocesos, búsquedas, repeticiones y horas tranquilas. En segundos."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec


class Politica(msgspec.Struct, frozen=True, kw_only=True):
    """Cuánto se espera a cada cosa.

    ``empezar_s``: lo que un reclamo puede tardar en escribir su primer octeto; ``reclamo_s``: pasado esto, quien
    reclamó ha muerto. ``reclamo_s`` debe pasar de ``empezar_s`` más el plazo de la petición, con holgura. Un envío de
    suerte desconocida se busca a los ``buscar_tras_s`` y solo se repite con ``busquedas_min`` búsquedas vacías, la
    última al menos ``lista_s`` después del envío: lo aceptado puede tardar en aparecer en la lista. ``margen_s``:
    cuánto pueden discrepar nuestro reloj y el de la cuenta al buscar por fecha.
    """

    empezar_s: float = 10.0
    reclamo_s: float = 60.0
    buscar_tras_s: float = 2.0
    busquedas_min: int = 2
    lista_s: float = 20.0
    margen_s: float = 300.0
    retroceso_s: float = 2.0
    retroceso_max_s: float = 300.0
    parado_s: float = 300.0
    intentos_max: int = 10
    vigencia_s: float = 86_400.0
    repetir_s: tuple[float, ...] = (300.0, 900.0, 1800.0, 3600.0)
    repeticiones_max: int = 12
    consultar_s: tuple[float, ...] = (30.0, 300.0, 3600.0)

    def retroceso(self, intento: int) -> float:
        """Devuelve la espera antes del siguiente intento: se dobla cada vez, hasta el máximo."""
        return min(self.retroceso_max_s, self.retroceso_s * 2.0 ** max(0, min(intento, 30) - 1))

    def hasta_repetir(self, repeticion: int) -> float | None:
        """Devuelve la espera hasta la repetición siguiente, o None si ya se insistió bastante."""
        if repeticion >= self.repeticiones_max:
            return None
        return self.repetir_s[min(repeticion, len(self.repetir_s) - 1)]

    def hasta_consultar(self, consultas: int) -> float | None:
        """Devuelve la espera hasta preguntar otra vez por una entrega, o None si ya no se pregunta más."""
        return self.consultar_s[consultas] if consultas < len(self.consultar_s) else None

    def puede_repetirse(self, busquedas_limpias: int, desde_envio_s: float) -> bool:
        """Devuelve si un envío de suerte desconocida se da por no salido."""
        return busquedas_limpias >= self.busquedas_min and desde_envio_s >= self.lista_s


class HorasTranquilas(msgspec.Struct, frozen=True):
    """Un tramo del día, en minutos locales, en que solo se molesta por lo urgente. Puede cruzar la medianoche."""

    desde_min: int
    hasta_min: int

    def salida(self, momento: datetime, zona: ZoneInfo) -> datetime:
        """Devuelve cuándo se puede enviar: el mismo momento, o el final del tramo en que cae."""
        local = momento.astimezone(zona)
        minuto = local.hour * 60 + local.minute
        if not self._dentro(minuto):
            return momento
        fin = local.replace(hour=self.hasta_min // 60, minute=self.hasta_min % 60, second=0, microsecond=0)
        if minuto >= self.hasta_min:  # el tramo acaba mañana
            fin = (local.replace(tzinfo=None) + timedelta(days=1)).replace(
                hour=fin.hour, minute=fin.minute, second=0, microsecond=0, tzinfo=zona
            )
        return fin.astimezone(momento.tzinfo)

    def _dentro(self, minuto: int) -> bool:
        if self.desde_min <= self.hasta_min:
            return self.desde_min <= minuto < self.hasta_min
        return minuto >= self.desde_min or minuto < self.hasta_min
