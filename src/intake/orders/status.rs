//! The words that shops have for how an order stands.

use crate::policy::OrderStatus;

/// Shopify's financial status. Authorized money isn't taken yet.
pub(super) fn shopify(word: &str) -> Option<OrderStatus> {
    Some(match word.trim().to_lowercase().as_str() {
        // An order of nothing to pay has no word.
        "paid" | "partially_refunded" | "" => OrderStatus::Paid,
        "pending" | "authorized" | "partially_paid" => OrderStatus::Pending,
        "refunded" => OrderStatus::Refunded,
        "voided" | "expired" => OrderStatus::Cancelled,
        _ => return None,
    })
}

/// WooCommerce's status, as it is kept (`wc-completed`) or as an export shows it, in English, French or German. What is being
/// processed is paid.
pub(super) fn woocommerce(word: &str) -> Option<OrderStatus> {
    let word = word.trim().to_lowercase().replace([' ', '_'], "-");
    Some(match word.strip_prefix("wc-").unwrap_or(&word) {
        "completed" | "processing" | "terminée" | "en-cours" | "fertiggestellt" | "abgeschlossen"
        | "in-bearbeitung" => OrderStatus::Paid,
        "on-hold"
        | "pending"
        | "pending-payment"
        | "checkout-draft"
        | "draft"
        | "en-attente"
        | "attente-paiement"
        | "en-attente-de-paiement"
        | "in-wartestellung"
        | "zahlung-ausstehend"
        | "ausstehende-zahlung"
        | "entwurf" => OrderStatus::Pending,
        "refunded" | "remboursée" | "rückerstattet" | "erstattet" => OrderStatus::Refunded,
        "cancelled" | "canceled" | "failed" | "trash" | "annulée" | "échouée" | "storniert" | "fehlgeschlagen" => {
            OrderStatus::Cancelled
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_which_nothing_is_known_is_no_status() {
        assert_eq!(shopify("paid"), Some(OrderStatus::Paid));
        assert_eq!(woocommerce("wc-completed"), Some(OrderStatus::Paid));
        assert_eq!(woocommerce("On hold"), Some(OrderStatus::Pending));
        assert_eq!(woocommerce("Remboursée"), Some(OrderStatus::Refunded));
        for word in ["bezahlt?", "wc-custom"] {
            assert_eq!((shopify(word), woocommerce(word)), (None, None), "{word}");
        }
    }
}
