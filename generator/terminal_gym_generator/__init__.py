"""Domain specifications in, validated long-horizon terminal task bundles out."""
