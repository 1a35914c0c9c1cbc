require_relative "boot"

require "rails"
# only the parts of Rails that a guest book needs
require "active_record/railtie"
require "action_controller/railtie"
require "action_view/railtie"

Bundler.require(*Rails.groups)

module Guestbook
  class Application < Rails::Application
    config.load_defaults 8.0
    config.eager_load = Rails.env.production?
    config.consider_all_requests_local = !Rails.env.production?
    config.logger = ActiveSupport::Logger.new($stdout)
    config.log_level = :info
    config.active_record.dump_schema_after_migration = !Rails.env.production?
  end
end
