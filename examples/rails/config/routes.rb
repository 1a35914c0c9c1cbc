Rails.application.routes.draw do
  root "entries#index"
  resources :entries, only: %i[index create]
  get "health", to: ->(_) { [200, {"content-type" => "application/json"}, [%({"status":"ok"}\n)]] }
end
