"""What agents see in the browser: pages, their forms and their words."""
