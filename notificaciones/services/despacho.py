"""Envía lo que hay en la bandeja: reclama, envía una vez y anota. Lo de suerte desconocida se busca antes de nada.

Varios despachadores a la vez no estorban: reclamar es un UPDATE condicional que debe cambiar una fila. Uno que muere
a medias deja su fila en «enviando»; pasado ``reclamo_s`` cualquiera la pasa a «desconocido», y de ahí solo sale
hallada en la lista de la cuenta o, tras las búsquedas vacías que pide la política, enviada otra vez.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import F, Q

from dominio.reloj import Reloj
from notificaciones.canales import Canal, CanalCaido, Envio, Mensaje, Reaccion, TardeParaEnviar
from notificaciones.config import ConfigAvisos
from notificaciones.models import Aviso, CanalAvisos, EstadoAviso
from notificaciones.politica import Politica
from notificaciones.services.bandeja import por_reserva
from notificaciones.services.entregas import aplicar_estado
from notificaciones.tipos import Urgencia

_E = EstadoAviso
SALEN = (_E.PENDIENTE, _E.DESCONOCIDO)


class Despacho(msgspec.Struct):
    """Lo que hizo una pasada, en mensajes. ``hallados``: de suerte desconocida que la cuenta sí tenía."""

    aceptados: int = 0
    hallados: int = 0
    repetidos_a_salvo: int = 0
    aplazados: int = 0
    desconocidos: int = 0
    fallidos: int = 0
    huerfanos: int = 0

    @property
    def total(self) -> int:
        """Devuelve cuántos mensajes tocó."""
        return sum(msgspec.structs.astuple(self))


def despachar(
    canales: Mapping[str, Canal],
    config: ConfigAvisos,
    reloj: Reloj,
    *,
    quien: str,
    politica: Politica | None = None,
    limite: int = 50,
) -> Despacho:
    """Hace una pasada por la bandeja (hasta ``limite`` mensajes) y devuelve lo que hizo.

    ``quien`` debe ser distinto en cada despachador vivo (equipo, proceso e hilo). No debe llamarse dentro de una
    transacción: cada paso se confirma antes de hablar con nadie.
    """
    return _Pasada(canales, config, reloj, quien, politica or Politica()).hacer(limite)


class _Pasada:
    def __init__(
        self, canales: Mapping[str, Canal], config: ConfigAvisos, reloj: Reloj, quien: str, politica: Politica
    ) -> None:
        self.canales = canales
        self.config = config
        self.reloj = reloj
        self.quien = quien[:128]
        self.politica = politica
        self.hecho = Despacho()

    def hacer(self, limite: int) -> Despacho:
        ahora = self.reloj.ahora()
        self.hecho.huerfanos = self._recuperar(ahora)
        for aviso in self._candidatos(ahora, limite):
            canal = self.canales[aviso.canal]
            if aviso.estado == _E.PENDIENTE:
                self._enviar(aviso, canal)
            else:
                self._buscar(aviso, canal)
        return self.hecho

    def _recuperar(self, ahora: datetime) -> int:
        """Pasa a «desconocido» lo que reclamó alguien que ya no vive: pudo salir y pudo no salir."""
        muerto = ahora - timedelta(seconds=self.politica.reclamo_s)
        return Aviso.objects.filter(estado=_E.ENVIANDO, reclamado_en__lt=muerto).update(
            estado=_E.DESCONOCIDO,
            enviado_en=F("reclamado_en"),
            reclamado_por="",
            busquedas_limpias=0,
            proximo_en=ahora,
            actualizado_en=ahora,
        )

    def _candidatos(self, ahora: datetime, limite: int) -> list[Aviso]:
        parados = CanalAvisos.objects.filter(parado_hasta__gt=ahora).values_list("canal", flat=True)
        abiertos = [canal for canal in self.canales if canal not in set(parados)]
        filas = Aviso.objects.filter(estado__in=SALEN, proximo_en__lte=ahora, canal__in=abiertos)
        urgentes = list(filas.filter(urgencia=Urgencia.YA).order_by("proximo_en", "pk")[:limite])
        resto = filas.exclude(urgencia=Urgencia.YA).order_by("proximo_en", "pk")[: limite - len(urgentes)]
        return [*urgentes, *resto]

    # --- enviar --------------------------------------------------------------------------------------------------

    def _enviar(self, aviso: Aviso, canal: Canal) -> None:
        ahora = self.reloj.ahora()
        if self._ya_no_hace_falta(aviso, ahora):
            return
        if ahora - aviso.creado_en > timedelta(seconds=self.politica.vigencia_s):
            self._fallar(aviso, "CADUCADO", ahora, desde=_E.PENDIENTE)
            return
        empezar_antes_de = self.reloj.monotonico() + self.politica.empezar_s
        if not self._reclamar(aviso, ahora):
            return
        self._salir(aviso, canal, empezar_antes_de)

    def _ya_no_hace_falta(self, aviso: Aviso, ahora: datetime) -> bool:
        """Descarta lo que alguien acusó o se resolvió mientras esperaba, y devuelve si era el caso."""
        if aviso.acuse_en is None:
            return False
        Aviso.objects.filter(pk=aviso.pk, estado=aviso.estado, intentos=aviso.intentos).update(
            estado=_E.DESCARTADO, codigo_error="RESUELTO", actualizado_en=ahora
        )
        return True

    def _reclamar(self, aviso: Aviso, ahora: datetime) -> bool:
        """Devuelve si la fila es nuestra: nadie la tocó desde que se leyó."""
        tomada = Aviso.objects.filter(
            pk=aviso.pk, estado=aviso.estado, intentos=aviso.intentos, acuse_en=None, proximo_en=aviso.proximo_en
        ).update(
            estado=_E.ENVIANDO,
            reclamado_por=self.quien,
            reclamado_en=ahora,
            intentos=F("intentos") + 1,
            actualizado_en=ahora,
        )
        aviso.intentos += tomada
        aviso.reclamado_en = ahora
        return tomada == 1

    def _salir(self, aviso: Aviso, canal: Canal, empezar_antes_de: float) -> None:
        try:
            envio = canal.enviar(self._mensaje(aviso, empezar_antes_de))
        except TardeParaEnviar:
            self._anotar(aviso, estado=_E.PENDIENTE, proximo_en=self.reloj.ahora())
            self.hecho.aplazados += 1
            return
        if envio.aceptado:
            self._aceptar(aviso, envio)
        else:
            self._atender(aviso, envio)

    def _mensaje(self, aviso: Aviso, empezar_antes_de: float | None = None) -> Mensaje:
        return Mensaje(
            destino=aviso.destino,
            marca=aviso.marca,
            tipo=aviso.tipo,
            urgente=aviso.urgencia == Urgencia.YA,
            cuerpo=aviso.cuerpo,
            variables=aviso.variables,
            por_plantilla=aviso.por_plantilla,
            sids_fallidos=tuple(aviso.sids_fallidos),
            empezar_antes_de=empezar_antes_de,
        )

    def _anotar(self, aviso: Aviso, **cambios: Any) -> bool:
        """Escribe en la fila si el reclamo sigue siendo nuestro. Si no, otro la dio por desconocida y la buscará."""
        cambios.setdefault("actualizado_en", self.reloj.ahora())
        nuestra = Q(pk=aviso.pk, estado=_E.ENVIANDO, reclamado_por=self.quien, intentos=aviso.intentos)
        return Aviso.objects.filter(nuestra).update(reclamado_por="", **cambios) == 1

    def _aceptar(self, aviso: Aviso, envio: Envio) -> None:
        ahora = self.reloj.ahora()
        espera = self.politica.hasta_consultar(0) or 0.0
        cambios: dict[str, Any] = {
            "estado": _E.ACEPTADO,
            "sid": envio.sid,
            "plantilla": envio.plantilla,
            "codigo_error": "",
            "enviado_en": ahora,
            "proximo_en": ahora + timedelta(seconds=espera),
        }
        if not self._anotar(aviso, **cambios):  # un acuse de entrega llegó antes, o alguien la dio por desconocida
            Aviso.objects.filter(pk=aviso.pk, estado=_E.DESCONOCIDO, intentos=aviso.intentos, sid="").update(
                reclamado_por="", **cambios
            )
        CanalAvisos.objects.filter(canal=aviso.canal).exclude(seguidos=0, parado_hasta=None).update(
            seguidos=0, parado_hasta=None, codigo_error=""
        )
        self.hecho.aceptados += 1

    def _atender(self, aviso: Aviso, envio: Envio) -> None:
        """Hace lo que pide la reacción a un envío que no se aceptó."""
        ahora = self.reloj.ahora()
        match envio.reaccion:
            case Reaccion.BUSCAR | None:
                self._anotar(
                    aviso,
                    estado=_E.DESCONOCIDO,
                    codigo_error=envio.codigo,
                    enviado_en=ahora,
                    busquedas_limpias=0,
                    proximo_en=ahora + timedelta(seconds=self.politica.buscar_tras_s),
                )
                self.hecho.desconocidos += 1
            case Reaccion.PARAR:
                self._parar_canal(aviso, envio, ahora)
            case Reaccion.RETROCEDER | Reaccion.REINTENTAR:
                self._aplazar(aviso, envio, ahora)
            case Reaccion.PLANTILLA if not aviso.por_plantilla and self.config.plantilla(aviso.tipo, forzada=True):
                self._anotar(
                    aviso, estado=_E.PENDIENTE, por_plantilla=True, codigo_error=envio.codigo, proximo_en=ahora
                )
                self.hecho.aplazados += 1
            case _:
                self._fallar(aviso, envio.codigo, ahora, desde=_E.ENVIANDO)

    def _parar_canal(self, aviso: Aviso, envio: Envio, ahora: datetime) -> None:
        """La cuenta no vale: nadie envía por aquí un rato, lo suyo espera y la noticia sale ya por el otro canal."""
        hasta = ahora + timedelta(seconds=self.politica.parado_s)
        self._anotar(aviso, estado=_E.PENDIENTE, codigo_error=envio.codigo, proximo_en=hasta)
        CanalAvisos.objects.update_or_create(
            canal=aviso.canal, defaults={"parado_hasta": hasta, "codigo_error": envio.codigo}
        )
        por_reserva(aviso, self.config, ahora)
        self.hecho.aplazados += 1

    def _aplazar(self, aviso: Aviso, envio: Envio, ahora: datetime) -> None:
        if aviso.intentos >= self.politica.intentos_max:
            self._fallar(aviso, envio.codigo, ahora, desde=_E.ENVIANDO)
            return
        espera = envio.esperar_s if envio.esperar_s is not None else self.politica.retroceso(aviso.intentos)
        cuando = ahora + timedelta(seconds=espera)
        self._anotar(aviso, estado=_E.PENDIENTE, codigo_error=envio.codigo, proximo_en=cuando)
        if aviso.intentos > 1:  # dos veces seguidas: que la noticia no dependa de este canal
            por_reserva(aviso, self.config, ahora)
        self.hecho.aplazados += 1

    def _fallar(self, aviso: Aviso, codigo: str, ahora: datetime, *, desde: EstadoAviso) -> None:
        cambiada = Aviso.objects.filter(pk=aviso.pk, estado=desde, intentos=aviso.intentos).update(
            estado=_E.FALLIDO, codigo_error=codigo, reclamado_por="", actualizado_en=ahora
        )
        if cambiada == 1:
            por_reserva(aviso, self.config, ahora)
            self.hecho.fallidos += 1

    # --- suerte desconocida --------------------------------------------------------------------------------------

    def _buscar(self, aviso: Aviso, canal: Canal) -> None:
        """Pregunta a la cuenta si lo tiene. Solo tras las búsquedas vacías que pide la política se envía otra vez."""
        if not canal.sabe_buscar:
            self._sin_lista(aviso, canal)
            return
        enviado = aviso.enviado_en or aviso.creado_en
        ahora = self.reloj.ahora()
        try:
            hallado = canal.buscar(self._mensaje(aviso), enviado - timedelta(seconds=self.politica.margen_s))
        except CanalCaido as fallo:
            luego = ahora + timedelta(seconds=self.politica.retroceso(aviso.intentos + 1))
            self._mover(aviso, proximo_en=luego, codigo_error=fallo.codigo)
            self.hecho.aplazados += 1
            return
        if hallado is not None:
            encontrada = self._mover(aviso, estado=_E.ACEPTADO, sid=hallado.sid, codigo_error="", proximo_en=ahora)
            if encontrada:
                aplicar_estado(aviso.pk, hallado, self.config, ahora=ahora, politica=self.politica)
                self.hecho.hallados += 1
            return
        limpias = aviso.busquedas_limpias + 1
        if not self.politica.puede_repetirse(limpias, (ahora - enviado).total_seconds()):
            espera = max(self.politica.buscar_tras_s, self.politica.lista_s / self.politica.busquedas_min)
            self._mover(aviso, busquedas_limpias=limpias, proximo_en=ahora + timedelta(seconds=espera))
            self.hecho.desconocidos += 1
            return
        self._otra_vez(aviso, canal)

    def _otra_vez(self, aviso: Aviso, canal: Canal) -> None:
        """Envía de nuevo lo que la cuenta no tiene; si ya se intentó demasiado o nadie lo espera, lo da por fallido."""
        ahora = self.reloj.ahora()
        if self._ya_no_hace_falta(aviso, ahora):
            return
        if aviso.intentos >= self.politica.intentos_max:
            self._fallar(aviso, aviso.codigo_error or "DESCONOCIDO", ahora, desde=_E.DESCONOCIDO)
            return
        empezar_antes_de = self.reloj.monotonico() + self.politica.empezar_s
        if self._reclamar(aviso, ahora):
            self.hecho.repetidos_a_salvo += 1
            self._salir(aviso, canal, empezar_antes_de)

    def _sin_lista(self, aviso: Aviso, canal: Canal) -> None:
        """Sin lista que consultar: lo urgente se repite (mejor dos veces que ninguna); lo demás se da por salido."""
        ahora = self.reloj.ahora()
        if aviso.urgencia == Urgencia.YA and aviso.intentos < self.politica.intentos_max:
            self._otra_vez(aviso, canal)
            return
        self._fallar(aviso, "SIN-ACUSE", ahora, desde=_E.DESCONOCIDO)

    def _mover(self, aviso: Aviso, **cambios: Any) -> bool:
        """Cambia una fila «desconocido» si nadie la tocó desde que se leyó."""
        cambios.setdefault("actualizado_en", self.reloj.ahora())
        intacta = Q(
            pk=aviso.pk, estado=_E.DESCONOCIDO, intentos=aviso.intentos, busquedas_limpias=aviso.busquedas_limpias
        )
        return Aviso.objects.filter(intacta, proximo_en=aviso.proximo_en).update(**cambios) == 1
