"""Runs the product on one machine: servers from wheels, processes from the Procfile, secrets and logs under `var/`."""
