"""Las lecturas de la API: cada una valida lo que se pide, llama a su selector y devuelve lo que dice."""

from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.response import Response

from dashboard.api import parametros as de
from dashboard.api import serializers as formas
from dashboard.api.base import Lectura, datos, describir
from dashboard.api.permissions import Leer
from dashboard.pagina.comun.ahora import ahora
from dashboard.selectors import balance, bots, comun, estadisticas, horarios, operaciones, orden, temporizador, velas
from dashboard.selectors.estadisticas import Pedido
from historial import selectors as lecturas


class EsquemaAPI(SpectacularJSONAPIView):
    """El OpenAPI: lo lee quien pueda leer lo demás."""

    permission_classes = [Leer]
    throttle_scope = "lecturas"


class EstadoAPI(Lectura):
    parametros = de.DeEstado

    @describir(formas.Estado, "Qué hace cada bot, los frenos y el balance total", parametros=de.DeEstado)
    def get(self, request: Any) -> Response:
        """Ciclo, cuenta atrás, balance, meta, stop, contrato abierto y freno de cada bot."""
        momento, nombre = ahora(), self.pedidos().get("bot")
        tarjetas = [bots.bot(nombre, datos(), momento)] if nombre else bots.bots(datos(), momento)
        return Response(
            {
                "bots": tarjetas,
                "sin_operar": bots.sin_operar(datos()),
                "equidad": bots.equidad(tarjetas),
                "frenos": lecturas.frenos(),
                "ahora": momento,
            }
        )


class BotsAPI(Lectura):
    @describir(formas.Bots, "La tarjeta de cada bot", operation_id="bots_lista")
    def get(self, request: Any) -> Response:
        """Los que han operado, con su tarjeta, y los que todavía no."""
        tarjetas = bots.bots(datos(), ahora())
        return Response({"bots": tarjetas, "sin_operar": bots.sin_operar(datos()), "equidad": bots.equidad(tarjetas)})


class BotAPI(Lectura):
    @describir(formas.Bot, "La tarjeta de un bot", operation_id="bots_uno")
    def get(self, request: Any, nombre: str) -> Response:
        """Todo lo que se cuenta de un bot, en su cuenta más reciente."""
        return Response(bots.bot(nombre, datos(), ahora()))


class WinrateAPI(Lectura):
    parametros = de.DeEstadisticas

    @describir(formas.Winrate, "El acierto total, con su intervalo", parametros=de.DeEstadisticas)
    def get(self, request: Any) -> Response:
        """Acierto, intervalo de Wilson al 95 %, tasa de equilibrio y qué se puede decir de ello."""
        return Response(estadisticas.winrate(Pedido(**self.pedidos()), datos()))


class EstadisticasAPI(Lectura):
    parametros = de.DeEstadisticas

    @describir(formas.Estadisticas, "CALL y PUT ganadas y perdidas", parametros=de.DeEstadisticas)
    def get(self, request: Any) -> Response:
        """Recuento por dirección y por activo, beneficio, esperanza y fiabilidad de la confianza."""
        pedido = Pedido(**self.pedidos())
        return Response(
            {
                **estadisticas.estadisticas(pedido, datos()),
                "fiabilidad": estadisticas.fiabilidad(pedido, datos()),
            }
        )


class HistoricosAPI(Lectura):
    parametros = de.DeHistoricos

    @describir(formas.Historicos, "Las operaciones, reales y ficticias, por páginas", parametros=de.DeHistoricos)
    def get(self, request: Any) -> Response:
        """Filtros, orden y cursor. La página siguiente se pide con ``cursor=siguiente`` y los mismos filtros."""
        return Response(operaciones.pagina(operaciones.Consulta(**self.pedidos())))


class BalanceAPI(Lectura):
    parametros = de.DeEstado

    @describir(formas.Balances, "El balance de ahora", parametros=de.DeEstado)
    def get(self, request: Any) -> Response:
        """Asentado, disponible y comprometido, con el nivel del stop y el objetivo."""
        return Response({"balances": balance.actual(datos(), self.pedidos().get("bot"))})


class SerieAPI(Lectura):
    parametros = de.DeSerie

    @describir(formas.Serie, "La serie del balance, con su stop y sus metas", parametros=de.DeSerie)
    def get(self, request: Any) -> Response:
        """400 puntos si no se piden otros (1000 como mucho); con más historia, uno por tramo de tiempo."""
        pedido = self.pedidos()
        return Response(balance.serie(pedido.pop("bot", None), datos(), **pedido))


class TemporizadorAPI(Lectura):
    parametros = de.DeBot

    @describir(formas.Temporizador, "Desde cuándo está parado y cuánto falta", parametros=de.DeBot)
    def get(self, request: Any) -> Response:
        """Desde cuándo, cuándo acaba la espera y segundos que faltan."""
        return Response(temporizador.temporizador(self.pedidos().get("bot"), datos(), ahora()))


class HorariosAPI(Lectura):
    parametros = de.DeHorarios

    @describir(formas.Horarios, "La mejor hora y el mapa hora × día", parametros=de.DeHorarios)
    def get(self, request: Any) -> Response:
        """La tabla de la pausa, la mejor hora, su veredicto (si es provisional lo dice) y el mapa."""
        pedido = self.pedidos()
        origen = pedido.get("origen", horarios.PAUSA)
        return Response(horarios.horarios(pedido.get("bot"), datos(), ahora(), origen=origen))


class OrdenAPI(Lectura):
    @describir(formas.VidaDeOrden, "La vida de una orden")
    def get(self, request: Any, id_cliente: str) -> Response:
        """Cada estado con su hora, sus ejecuciones y la operación a que dio lugar."""
        return Response(orden.vida(id_cliente))


class VelasAPI(Lectura):
    parametros = de.DeVelas

    @describir(formas.Velas, "Velas de un minuto con las operaciones marcadas", parametros=de.DeVelas)
    def get(self, request: Any) -> Response:
        """Las que vio el bot; la última puede estar a medias."""
        pedido = self.pedidos()
        fila, _ = comun.elegir(pedido.pop("bot", None), datos())
        simbolo = pedido.pop("simbolo")
        return Response(velas.con_marcas(fila.bot, fila.sede, fila.cuenta, simbolo, **pedido))
