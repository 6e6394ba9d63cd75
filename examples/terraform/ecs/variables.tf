# Terraform reads the value from towpath.auto.tfvars.json, which publish and promote write.
variable "towpath_images" {
  description = "The images of the version, keyed by name"
  type = map(object({
    repository = string
    tag        = string
    digest     = string
    image      = string
  }))
}

variable "environment" {
  type = string
}

variable "region" {
  type = string
}

variable "cluster" {
  description = "The ARN of the ECS cluster"
  type        = string
}

variable "subnets" {
  type = list(string)
}

variable "permissions_boundary" {
  description = "The ARN of the policy that bounds the roles, or null"
  type        = string
  default     = null
}

variable "secrets_key" {
  description = "The ARN of the KMS key that encrypts the secret, or null for the key aws/secretsmanager"
  type        = string
  default     = null
}

variable "database_secret" {
  description = "The ARN of the secret with the keys username and password"
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$", var.database_secret))
    error_message = "Give the whole ARN of the secret, with the six characters that Secrets Manager appends."
  }
}
