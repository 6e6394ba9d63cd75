variable "repositories" {
  description = "The names of the repositories"
  type        = set(string)
  default     = ["payroll/reconcile", "payroll/web"]
}

variable "reader_accounts" {
  description = "The AWS accounts that may pull the images"
  type        = list(string)
  default     = ["444455556666"]
}

variable "keep" {
  description = "The number of published images that are kept"
  type        = number
  default     = 30
}
