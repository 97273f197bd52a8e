#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campus.settings")
    if "CAMPUS_PROCESS" not in os.environ:  # By hand: what the launcher starts has been given what it may know.
        from running import env_file

        env_file.take_in()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
