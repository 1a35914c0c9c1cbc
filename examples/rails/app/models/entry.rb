class Entry < ApplicationRecord
  validates :name, presence: true, length: {maximum: 100}
  validates :text, presence: true, length: {maximum: 1000}

  scope :newest, -> { order(created_at: :desc).limit(50) }
end
