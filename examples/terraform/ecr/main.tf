locals {
  # ECR applies the first rule that selects an image. Images that environments run match the first rules.
  lifecycle_rules = [
    {
      rulePriority = 1
      description  = "Keep what the environments run"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["prod-*"]
        countType      = "imageCountMoreThan"
        countNumber    = 50
      }
      action = { type = "expire" }
    },
    {
      rulePriority = 2
      description  = "Keep the newest builds"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["build-*"]
        countType      = "imageCountMoreThan"
        countNumber    = var.keep
      }
      action = { type = "expire" }
    },
  ]
}

resource "aws_ecr_repository" "image" {
  for_each             = var.repositories
  name                 = each.key
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# The ledger of Towpath: what was published and what each environment runs. Its images never expire.
resource "aws_ecr_repository" "ledger" {
  name                 = "payroll/towpath"
  image_tag_mutability = "IMMUTABLE"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_ecr_lifecycle_policy" "image" {
  for_each   = aws_ecr_repository.image
  repository = each.value.name
  policy     = jsonencode({ rules = local.lifecycle_rules })
}

data "aws_iam_policy_document" "readers" {
  statement {
    sid     = "PullFromOtherAccounts"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = [for account in var.reader_accounts : "arn:aws:iam::${account}:root"]
    }
  }
}

# The roles of the other accounts need the same actions, and ecr:GetAuthorizationToken, in their own policies.
resource "aws_ecr_repository_policy" "readers" {
  for_each   = aws_ecr_repository.image
  repository = each.value.name
  policy     = data.aws_iam_policy_document.readers.json
}

output "repository_urls" {
  value = { for name, repository in aws_ecr_repository.image : name => repository.repository_url }
}
