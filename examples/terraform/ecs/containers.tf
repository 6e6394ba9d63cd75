locals {
  # The ARN of the secret, then the key of its JSON, the stage and the version id, which are empty here.
  secrets = [
    { name = "DATABASE_USER", valueFrom = "${var.database_secret}:username::" },
    { name = "DATABASE_PASSWORD", valueFrom = "${var.database_secret}:password::" },
  ]

  containers = [
    {
      name         = "web"
      image        = var.towpath_images["web"].image
      essential    = true
      portMappings = [{ containerPort = 8080 }]
      secrets      = local.secrets
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = "/ecs/${var.environment}/payroll"
          "awslogs-region"        = var.region
          "awslogs-stream-prefix" = "web"
        }
      }
    },
  ]
}
