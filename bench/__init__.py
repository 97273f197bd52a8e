"""How fast the product is on this machine: its way from a JPEG to a template, and from a kiosk's call to a decision."""
