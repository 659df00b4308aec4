"""Cómo escribe la API v3 antigua: los mismos objetos con ``symbol``, números JSON y algunos campos más."""

from typing import Any

from laboratorio.deriv import tablas
from laboratorio.deriv.dialecto_nuevo import DialectoNuevo
from laboratorio.deriv.presupuestos import GRUPOS_V3, LIMITES_V3
from laboratorio.deriv.respuestas import Mensaje, numero, precio
from simulacion.indices import Indice
from simulacion.sedes.deriv import Contrato, Cuenta, Movida, Pedido, Precio

MONEDA: Mensaje = {
    "fractional_digits": 2,
    "is_deposit_suspended": 0,
    "is_suspended": 0,
    "is_withdrawal_suspended": 0,
    "name": "US Dollar",
    "stake_default": 10,
    "transfer_between_accounts": {"fees": {}, "limits": {"min": 1}},
    "type": "fiat",
}


class DialectoV3(DialectoNuevo):
    """Los mensajes de la API v3."""

    nombre = "v3"
    campo_simbolo = "symbol"
    tablas = tablas.V3
    grupos = GRUPOS_V3
    limites = LIMITES_V3
    propuestas_max = 5
    ocio_max_s = 120.0
    poc_sigue_compras = True

    def activo(self, indice: Indice, abierto: bool, suspendido: bool, ultimo: tuple[int, float] | None) -> Mensaje:
        fila: Mensaje = {
            "allow_forward_starting": 0,
            "display_name": indice.nombre,
            "display_order": 1,
            "exchange_is_open": int(abierto),
            "is_trading_suspended": int(suspendido),
            "market": "synthetic_index",
            "market_display_name": "Derived",
            "pip": indice.pip,
            "subgroup": "synthetics",
            "subgroup_display_name": "Synthetics",
            "submarket": "random_index",
            "submarket_display_name": "Continuous Indices",
            "symbol": indice.simbolo,
            "symbol_type": "stockindex",
        }
        if ultimo is not None:
            fila |= {"spot": numero(ultimo[1]), "spot_time": str(ultimo[0])}
        return fila

    def oferta(self, indice: Indice, tipo: str, vencimiento: str, minimo: str, maximo: str) -> Mensaje:
        return super().oferta(indice, tipo, vencimiento, minimo, maximo) | {
            "barrier_category": "euro_atm",
            "contract_category_display": "Up/Down",
            "contract_display": "Higher" if tipo.startswith("CALL") else "Lower",
            "exchange_name": "RANDOM",
            "start_type": "spot",
        }

    def ofertas(self, filas: list[Mensaje], spot: float) -> Mensaje:
        return {"available": filas, "hit_count": len(filas), "feed_license": "realtime", "spot": numero(spot)}

    def propuesta(self, id: str, pedido: Pedido, oferta: Precio, indice: Indice, ahora: int) -> Mensaje:
        mensaje = super().propuesta(id, pedido, oferta, indice, ahora)
        return mensaje | {"display_value": f"{oferta.prima:.2f}"}

    def contrato(self, c: Contrato, indice: Indice, tick: tuple[int, float], valor: Any) -> Mensaje:
        m = super().contrato(c, indice, tick, valor)
        for campo in ("bid_price", "buy_price", "commission", "current_spot", "payout", "profit", "sell_price"):
            if campo in m:
                m[campo] = numero(float(m[campo]))
        del m["underlying_symbol"]
        m |= {
            "underlying": c.pedido.simbolo,
            "display_name": indice.nombre,
            "current_spot_display_value": precio(tick[1], indice.decimales),
            "is_forward_starting": 0,
        }
        m.pop("entry_spot_time", None)
        if c.entrada is not None:
            texto = precio(c.entrada[1], indice.decimales)
            m |= {"entry_spot": numero(c.entrada[1]), "entry_spot_display_value": texto}
            m |= {"entry_tick": numero(c.entrada[1]), "entry_tick_display_value": texto}
            m["entry_tick_time"] = c.entrada[0]
        if "exit_spot" in m and c.salida is not None:
            del m["exit_spot"], m["exit_spot_time"]
            texto = precio(c.salida[1], indice.decimales)
            m |= {"exit_tick": numero(c.salida[1]), "exit_tick_display_value": texto, "exit_tick_time": c.salida[0]}
            m |= {"sell_spot": numero(tick[1]), "sell_spot_display_value": precio(tick[1], indice.decimales)}
            m["sell_spot_time"] = tick[0]
        return m

    def movida(self, m: Movida, c: Contrato | None, indice: Indice | None, moneda: str) -> Mensaje:
        fila = super().movida(m, c, indice, moneda)
        if indice is not None:
            fila["display_name"] = indice.nombre
        return fila

    def en_beneficios(self, c: Contrato, indice: Indice, describir: bool) -> Mensaje:
        return super().en_beneficios(c, indice, describir) | {"app_id": 90000}

    def en_cartera(self, c: Contrato, indice: Indice) -> Mensaje:
        return super().en_cartera(c, indice) | {"app_id": 90000}

    def autorizacion(self, cuenta: Cuenta, todas: tuple[Cuenta, ...]) -> Mensaje:
        """Devuelve el objeto ``authorize``."""
        return {
            "account_list": [
                {
                    "account_category": "trading",
                    "account_type": "binary",
                    "created_at": 1_700_000_000,
                    "currency": c.moneda,
                    "is_disabled": int(c.estado != "active"),
                    "is_virtual": int(c.es_demo),
                    "landing_company_name": "virtual" if c.es_demo else "svg",
                    "linked_to": [],
                    "loginid": c.id,
                }
                for c in todas
            ],
            "balance": numero(cuenta.balance),
            "country": "co",
            "currency": cuenta.moneda,
            "email": "nadie@example.com",
            "fullname": "",
            "is_virtual": int(cuenta.es_demo),
            "landing_company_fullname": "Deriv Limited" if cuenta.es_demo else "Deriv (SVG) LLC",
            "landing_company_name": "virtual" if cuenta.es_demo else "svg",
            "linked_to": [],
            "local_currencies": {cuenta.moneda: {"fractional_digits": 2}},
            "loginid": cuenta.id,
            "preferred_language": "EN",
            "scopes": ["read", "trade"],
            "upgradeable_landing_companies": [],
            "user_id": 900_001,
        }

    def estado_sitio(self) -> Mensaje:
        """Devuelve el objeto ``website_status`` con los límites de llamadas."""
        limites = self.limites
        general, precios, cartera = limites["general"], limites["precios"], limites["cartera"]
        return {
            "api_call_limits": {
                "max_proposal_subscription": {"applies_to": "subscribing to proposal concurrently", "max": 5},
                "max_requestes_general": _limite("rest of calls", general[1], general[3]),
                "max_requests_outcome": _limite("portfolio, statement and proposal_open_contract", *cartera[1::2]),
                "max_requests_pricing": _limite("proposal and proposal_open_contract", precios[1], precios[3]),
            },
            "clients_country": "co",
            "currencies_config": {"USD": MONEDA},
            "site_status": "up",
            "supported_languages": ["EN", "ES"],
            "terms_conditions_version": "Version 1 2026-01-01",
        }


def _limite(aplica: str, minuto: float, hora: float) -> Mensaje:
    return {"applies_to": aplica, "hourly": int(hora), "minutely": int(minuto)}
