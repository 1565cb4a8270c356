"""The page: the app, the stage, what is shown around it, the visitor's hands, pages around this one."""
