"""Un solo jefe por bot: una fila con ficha que crece con cada toma. Cumple ``dominio.puertos.Arriendo``."""

from django.db import connection, transaction

from dominio.instrumentos import Sede
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.models import FilaArriendo
from historial.services.escritura import cambiar, insertar
from historial.services.registro import registrar_auditoria
from historial.services.tiempo import BASE_DE_DATOS, HoraArriendo
from historial.services.traduccion import clave_cuenta

# Si la hora va tan por detrás de la última renovación, el reloj empezó de nuevo: aquel titular ya no existe.
_REINICIO_S = 60.0


class ArriendoDjango:
    """El arriendo de un bot en una cuenta. ``ficha`` es 0 hasta la primera toma.

    ``titular`` identifica este proceso; ``ttl_s`` segundos sin renovar y cualquiera puede tomarlo. Donde la sede no
    distingue quién abrió qué (Deriv) hay un solo arriendo por cuenta, sea cual sea el bot; en las demás, uno por bot.
    """

    def __init__(
        self,
        bot: str,
        sede: Sede,
        cuenta: str,
        titular: str,
        ejecutor: Ejecutor,
        reloj: Reloj,
        ttl_s: float = 10.0,
        *,
        unico_en_cuenta: bool | None = None,
    ) -> None:
        if not titular:
            raise ValueError("el titular de un arriendo tiene nombre")
        self.ficha = 0
        self._bot, self._sede, self._cuenta, self._titular = bot, sede, cuenta, titular
        self._ejecutor, self._reloj, self._ttl_s = ejecutor, reloj, ttl_s
        self._hora = HoraArriendo(reloj)
        unico = sede == Sede.DERIV if unico_en_cuenta is None else unico_en_cuenta
        self._clave = clave_cuenta(sede, cuenta) + ("" if unico else f":{bot}")

    async def tomar(self) -> bool:
        """Devuelve True si el arriendo estaba libre o vencido y ahora es nuestro, con una ficha nueva."""
        return bool(await self._ejecutor(self._tomar))

    async def renovar(self) -> bool:
        """Devuelve True si sigue siendo nuestro; vencido no se renueva: hay que tomarlo otra vez y reconciliar."""
        return bool(await self._ejecutor(self._renovar))

    async def retomar(self) -> bool:
        """Devuelve si se recuperó, con ficha nueva, un arriendo propio que venció sin que NADIE lo tomara entretanto.

        La condición va en la misma sentencia: quien haya visto otra ficha mandó, y nuestra memoria ya no vale.
        """
        return bool(await self._ejecutor(self._retomar))

    async def soltar(self) -> None:
        """Lo deja libre si era nuestro; la ficha no se borra nunca."""
        await self._ejecutor(self._soltar)

    def _tomar(self) -> bool:
        ahora, parametros = self._hora.sql()
        # La base de tiempo distinta solo puede ser de otro arranque del equipo: su titular murió con él.
        otra_base = self._hora.base != BASE_DE_DATOS
        arranque = self._hora.base.partition(":")[0]
        sentencia = (
            f"UPDATE arriendos SET titular = %s, ficha = ficha + 1, base = %s, bot = %s, desde = {ahora},"  # noqa: S608
            f" hasta = {ahora} + %s WHERE clave = %s AND (titular = ''"
            f" OR (base = %s AND (hasta <= {ahora} OR (base <> '{BASE_DE_DATOS}' AND {ahora} < desde - {_REINICIO_S})))"
            f" OR (%s AND base <> '{BASE_DE_DATOS}' AND base <> %s AND base NOT LIKE %s)) RETURNING ficha"
        )
        valores = (
            *(self._titular, self._hora.base, self._bot, *parametros),
            *(*parametros, self._ttl_s, self._clave),
            *(self._hora.base, *parametros, *parametros),
            *(otra_base, arranque, f"{arranque}:%"),
        )
        with transaction.atomic(durable=True):
            insertar(
                FilaArriendo,
                si_no_existe=("clave",),
                clave=self._clave,
                bot=self._bot,
                sede=self._sede,
                cuenta=self._cuenta,
            )
            with connection.cursor() as cursor:
                cursor.execute(sentencia, valores)
                tomada = cursor.fetchone()
            if tomada is None:
                return False
            ficha = int(tomada[0])
            registrar_auditoria(
                clave_cuenta(self._sede, self._cuenta),
                "arriendo",
                {"bot": self._bot, "titular": self._titular, "ficha": ficha},
                actor=self._titular,
                ahora=self._reloj.ahora(),
            )
        self.ficha = ficha
        return True

    def _renovar(self) -> bool:
        ahora, parametros = self._hora.sql()
        sentencia = (
            f"UPDATE arriendos SET hasta = {ahora} + %s, desde = {ahora}"  # noqa: S608
            f" WHERE clave = %s AND titular = %s AND ficha = %s AND base = %s AND hasta > {ahora}"
        )
        quien = (self._clave, self._titular, self.ficha, self._hora.base)
        return cambiar(sentencia, (*parametros, self._ttl_s, *parametros, *quien, *parametros)) == 1

    def _retomar(self) -> bool:
        ahora, parametros = self._hora.sql()
        sentencia = (
            f"UPDATE arriendos SET ficha = ficha + 1, hasta = {ahora} + %s, desde = {ahora}"  # noqa: S608
            " WHERE clave = %s AND titular = %s AND ficha = %s AND base = %s"
        )
        quien = (self._clave, self._titular, self.ficha, self._hora.base)
        if cambiar(sentencia, (*parametros, self._ttl_s, *parametros, *quien)) != 1:
            return False
        self.ficha += 1
        return True

    def _soltar(self) -> None:
        cambiar(
            "UPDATE arriendos SET titular = '', hasta = 0 WHERE clave = %s AND titular = %s AND ficha = %s",
            (self._clave, self._titular, self.ficha),
        )
